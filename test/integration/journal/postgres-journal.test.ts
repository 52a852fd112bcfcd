import { journalContract, journalRestartContract } from '../../contract/journal-contract.ts';
import { postgresBench } from './benches.ts';

journalContract('PostgreSQL', postgresBench, { needs: ['postgres'] });
journalRestartContract('PostgreSQL', postgresBench, { needs: ['postgres'] });
