import { appendFile } from 'node:fs/promises';
import { Type } from 'typebox';
import { defineEntity } from '../../../../deployment.ts';
import { activity, defineTable } from '../../../../index.ts';

const serials = defineTable('serials', {
  row: Type.Object({ objectId: Type.String({ format: 'uuid' }) }),
});

type Label = { readonly id: string; readonly text: string };

export const machines = defineEntity('objects_model_crud', {
  stores: [serials],
  activities: {
    print: activity(async ({ id, text }: Label, { idempotencyKey }) => {
      const line = JSON.stringify({ id, text, idempotencyKey });
      await appendFile(process.env['LABELS'] ?? 'labels.txt', `${line}\n`);
      return undefined;
    }),
  },

  creating: ({ attributes }) => {
    const serial = String(attributes['description'] ?? '').toUpperCase();
    return /^SN-\d+$/.test(serial)
      ? { attributes: { ...attributes, description: serial, prsActive: true } }
      : { refused: 'the description is no serial number like SN-17', code: 'bad-message' };
  },
  created: ({ id, attributes }) => ({
    writes: serials.add(String(attributes['description']), { objectId: id }),
    start: { activity: 'print', input: { id, text: String(attributes['cn']) } },
  }),

  updating: ({ attributes }) =>
    'description' in attributes ? { refused: 'a serial number never changes' } : undefined,
  updated: ({ id, attributes }) =>
    'cn' in attributes
      ? { start: { activity: 'print', input: { id, text: String(attributes['cn']) } } }
      : undefined,

  reading: ({ nodes }) => ({
    nodes: nodes.map((node) => ({
      ...node,
      attributes: { ...node.attributes, label: [`${node.attributes['cn']}, made here`] },
    })),
  }),

  deleting: ({ node }) =>
    node.attributes['prsActive']?.includes(true) ? `${node.dn} is switched on` : undefined,
  deleted: ({ node }) => ({ writes: serials.drop(String(node.attributes['description'])) }),
});

export default machines;
