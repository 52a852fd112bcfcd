/** The id that the sender gave a message, of its identity in an inbox. */
export function idOnWire(identity: string): string {
  const message = identity.replace(/@\/[^/]*\/$/, '');
  const sender = message.lastIndexOf('@');
  return sender === -1 ? message : message.slice(0, sender);
}
