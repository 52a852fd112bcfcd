/**
 * The name under which the command sends messages: the `app_id` of a message, and the requester in the
 * record of a saga. The operator of an override is named by `--by`.
 */
export const commandClientName = 'command-line';
