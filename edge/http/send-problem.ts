/** Sends a problem as the response. */
import type { FastifyReply } from 'fastify';
import { type Problem, problemHeaders, problemType } from './problem.ts';

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .headers(problemHeaders(problem))
    .type(problemType)
    .send(problem);
}
