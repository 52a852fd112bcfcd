/** A server or a program that a suite needs: without it the suite is skipped. */
import type { ProgramName } from './programs.ts';
import type { ServerName } from './servers.ts';

export type Need = ServerName | ProgramName;
