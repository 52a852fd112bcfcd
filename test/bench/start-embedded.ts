/** Opens PGlite in the folder it is given, with the same prepared files as the product, says so, and waits to be ended. */
import { openDatabase } from '../../runtime/postgres/database.ts';

const database = await openDatabase(`pglite://${process.argv[2]}`, { stores: [] });
process.stdout.write('ready\n');
process.once('SIGTERM', () => void database.close().then(() => process.exit(0)));
