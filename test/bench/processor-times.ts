/** Processor time of other programs of this machine, as Linux tells. */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second, on every architecture that Node.js runs on. */
const tickMs = 10;

/** Of all processes with this name, milliseconds; 0 where the system does not tell. */
export function processorMs(program: string): number {
  return pids().reduce((sum, pid) => sum + msOf(pid, program), 0);
}

function pids(): readonly string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** The manual page `proc` says: the name stands in parentheses, user and system time are the fields 14 and 15. */
function msOf(pid: string, program: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = stat.lastIndexOf(')');
    if (stat.slice(stat.indexOf('(') + 1, end) !== program) return 0;
    const fields = stat.slice(end + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * tickMs;
  } catch {
    return 0;
  }
}
