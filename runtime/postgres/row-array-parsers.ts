/**
 * Takes the parsers of arrays of rows from PGlite.
 *
 * PGlite has a parser for the array type of every type in the catalog, and most types are the row
 * types of tables and views. PGlite copies all parsers for each statement. Measured: without these
 * parsers, a short statement takes half the time. An array of rows is then read as PostgreSQL's
 * text; no store reads such an array.
 */
import type { EmbeddedClient } from './simple-protocol.ts';

export async function dropRowArrayParsers(client: EmbeddedClient): Promise<void> {
  const { rows } = await client.query("select typarray from pg_type where typtype = 'c'");
  for (const { typarray } of rows as readonly { readonly typarray: number }[])
    delete client.parsers[typarray];
}
