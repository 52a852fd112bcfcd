import { dropPlace, placeUrl } from '../../bench/postgres-place.ts';
import { sharedFilesContract } from './shared-files.ts';

const url = placeUrl();

sharedFilesContract('PostgreSQL', { url, end: () => dropPlace(url) }, { needs: ['postgres'] });
