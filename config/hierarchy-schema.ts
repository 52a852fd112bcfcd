/** The format of the section `hierarchy`. */
import { type Static, Type } from 'typebox';
import { closed, mapOf } from './schema-parts.ts';

const reference = Type.Object(
  {
    entity: Type.String({
      minLength: 1,
      description: 'Entity of the nodes: a key of `subscribe`.',
    }),
    on_delete: Type.Optional(
      Type.Enum(['refuse', 'delete', 'detach'], {
        default: 'refuse',
        description:
          'Answer to the deletion of a node that is referred to: refuse the deletion, ' +
          'delete the referring node too, or take the id out of the referring node.',
      }),
    ),
  },
  closed,
);
const link = Type.Object(
  {
    entity: Type.String({
      minLength: 1,
      description: 'Entity of the linked nodes.',
    }),
    class: Type.Optional(
      Type.String({
        pattern: '^[^\\s,]+$',
        description:
          'objectClass of the linked nodes. Default: the class of the entity in `subscribe`.',
      }),
    ),
    attribute: Type.String({
      pattern: '^(?!(?:id|attributes)$)[A-Za-z][A-Za-z0-9_]*$',
      description: 'Member of the messages that has the ids of the linked nodes.',
      examples: ['tagId'],
    }),
  },
  closed,
);
const className = Type.String({ pattern: '^[^\\s,]+$' });
const classNames = Type.String({
  pattern: '^([^\\s,]+(\\s*,\\s*[^\\s,]+)*)?$',
  examples: ['prsTag, prsAlert'],
});
export const defaultReadNodesMax = 50_000;

export const hierarchySchema = Type.Object(
  {
    node: Type.String({
      description:
        'cn of the base node below which the nodes of the service stand. Empty: the service has no ' +
        'base node, and each of its nodes is created below a parent.',
    }),
    class: Type.String({
      pattern: '^[^\\s,]+$',
      description: 'objectClass of the nodes of the service.',
    }),
    parent_classes: Type.Optional(
      Type.Union([classNames, Type.Array(className)], {
        description:
          'Classes of nodes below which a node of the service may stand: a list, or a text with ' +
          'commas. The empty text: below any node of the service itself and of the entities of ' +
          '`subscribe`. Default: only below the base node.',
      }),
    ),
    create_sys_node: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'Create the nodes system/subscribers below each new node.',
      }),
    ),
    values: Type.Optional(
      Type.Enum(['typed', 'ldap'], {
        default: 'typed',
        description:
          'typed: values keep their JSON types, and text is compared exactly. ldap: values are given and ' +
          'read as text (`"TRUE"`, `"2"`); names and filters are compared without regard to case, and no ' +
          'two siblings have names that differ only in case.',
      }),
    ),
    read_nodes_max: Type.Optional(
      Type.Integer({
        minimum: 1,
        default: defaultReadNodesMax,
        description:
          'Most nodes in one answer to `read`. A read that finds more is refused with ' +
          '`answer-too-large`, and reads them in pages with `limit` and `after`.',
      }),
    ),
    references: Type.Optional(
      mapOf(
        reference,
        'Attributes with ids of nodes of another entity, by the name of the attribute.',
      ),
    ),
    links: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Z][A-Za-z0-9]*$' }), link, {
        ...closed,
        description:
          'Links to nodes of other entities, by name. `Tags` gives the messages `linkTags`, ' +
          '`unlinkTags` and `getLinkedTags`. A link forbids nothing, and goes when either of its ' +
          'two nodes goes.',
      }),
    ),
    must_be_deleted_files: Type.Optional(
      Type.Array(Type.String({ pattern: '^(?!cn$|objectClass$)[^\\s]+$' }), {
        minItems: 1,
        maxItems: 100,
        uniqueItems: true,
        description:
          'Attributes with URLs of files, which the file remover removes when the node is deleted. Needs ' +
          '`publish.file_management_queue`.',
        examples: [['picture']],
      }),
    ),
    attributes: Type.Optional(
      Type.Object(
        {},
        {
          additionalProperties: true,
          description:
            'A JSON Schema (draft 7) over the attributes that a request gives. An attribute with ' +
            'one value is that value, an attribute with several values is a list. A request with ' +
            'other attributes is refused. Attributes of the hierarchy itself, and references, are ' +
            'looked at only where the schema names them.',
        },
      ),
    ),
    keep_while: Type.Optional(
      Type.Object(
        {},
        {
          additionalProperties: true,
          description:
            'A JSON Schema (draft 7) over the attributes of a node. A node that matches the ' +
            'schema is not deleted. An attribute with one value is that value, an attribute ' +
            'with several values is a list, and an attribute without a value is absent.',
        },
      ),
    ),
    keep_because: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1000,
        description:
          'Reason of the refusal of `keep_while`, behind the name and the id of the node. ' +
          'Default: the attributes that the schema names, with their values.',
      }),
    ),
  },
  { ...closed, description: 'The nodes that the service owns in the hierarchy.' },
);

export type HierarchyOptions = Static<typeof hierarchySchema>;
