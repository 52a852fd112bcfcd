import { sharedFilesContract } from './shared-files.ts';

sharedFilesContract('memory', { url: 'memory://' });
