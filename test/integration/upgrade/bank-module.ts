/** The service with a way back, as `--module` loads it. */
import { bankService } from './bank.ts';

export default bankService('2-as-1');
