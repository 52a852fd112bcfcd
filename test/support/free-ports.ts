/**
 * TCP ports that nobody listens on, below those the system gives to outgoing connections (32768 on Linux), so that none of these takes
 * one while its server is down. Different processes begin at different places.
 */
import { createServer } from 'node:net';

const lowest = 20_000;
const range = 10_000;
const prime = 61;
let next = (process.pid * prime) % range;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function freePort(): Promise<number> {
  for (let tried = 0; tried < range; tried += 1) {
    const port = lowest + next;
    next = (next + 1) % range;
    if (await isFree(port)) return port;
  }
  throw new Error(`every port from ${lowest} to ${lowest + range - 1} is taken`);
}

export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}
