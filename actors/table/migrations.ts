/**
 * The database objects of a user's table: a table for the rows, and an index for each member by
 * which rows are found. Texts are compared byte by byte: equal means the same text.
 *
 * - Growing: each member has its own migration, so a member that is added to `by` later is indexed
 *   in a database that already has rows.
 */
import type { SqlMigration } from '../../runtime/ports/store.ts';

/** The text of a member as the index has it. Statements must use the same expression. */
export function memberText(member: string): string {
  return `(data->>'${member}') collate "C"`;
}

/** `by`: names of letters, digits and `_`. */
export function tableMigrations(by: readonly string[]): readonly SqlMigration[] {
  return [
    {
      name: '001-rows',
      up: (schema) => [
        `create table ${schema}.rows (id text collate "C" primary key, version integer not null, data jsonb not null)`,
      ],
    },
    ...by.map((member) => ({
      name: `by-${member}`,
      up: (schema: string) => [
        `create index "rows_by_${member}" on ${schema}.rows ((${memberText(member)}))`,
      ],
    })),
  ];
}
