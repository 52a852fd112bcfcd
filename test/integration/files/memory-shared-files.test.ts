import { sharedFilesContract } from './shared-files.ts';

const url = 'memory://';

sharedFilesContract('memory', { url });
sharedFilesContract('memory, with chains', { url, env: { PROCESS__FUSE: 'true' } });
