import { hierarchyContract } from '../../contract/hierarchy-contract.ts';
import { postgresBench } from './benches.ts';

hierarchyContract('PostgreSQL', postgresBench, { needs: ['postgres'] });
