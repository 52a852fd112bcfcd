/** The operations of all routes. Schemas of requests and answers are those of the messages. */
import { type TProperties, type TSchema, Type } from 'typebox';
import * as cards from '../../actors/cards/messages.ts';
import { DeletionPlanSchema } from '../../actors/consent/plan-schema.ts';
import { SagaRecordSchema } from '../../actors/consent/saga-record-schema.ts';
import {
  CopySchema,
  CreateAliasSchema,
  CreateSchema,
  ReadSchema,
  UpdateSchema,
} from '../../actors/model-crud/messages.ts';
import { DeleteSchema, PlanSchema } from '../../actors/peer/messages.ts';
import * as transactions from '../../actors/transactions/messages.ts';
import { inJson, type Operation, type Parameter, problemResponse } from './operation.ts';

const Node = Type.Object({
  id: Type.String(),
  dn: Type.String(),
  attributes: Type.Object({}, { additionalProperties: Type.Array(Type.Unknown()) }),
});
const Found = Type.Object({
  data: Type.Array(Node),
  next: Type.Optional(
    Type.String({ description: 'The value of `after` for the nodes behind these.' }),
  ),
});
const Done = Type.Object({});
const Records = Type.Object({ data: Type.Array(Type.Object({})) });
const Health = Type.Object({ status: Type.Literal('ok') });
const Copied = Type.Object({
  id: Type.String(),
  ids: Type.Object({}, { additionalProperties: Type.String() }),
});
const Accepted = Type.Object({ saga: Type.String({ description: 'The place of the saga.' }) });
const Sagas = Type.Object({
  data: Type.Array(
    Type.Object({ saga: Type.String(), service: Type.String(), role: Type.String() }),
  ),
});

/** The request of a plan: the entity of the nodes, and the data of the message. */
export const PlansSchema = Type.Object({
  entity: Type.String({ description: 'The entity of the nodes.' }),
  ...PlanSchema.properties,
});

const idInPath: Parameter = {
  name: 'id',
  in: 'path',
  required: true,
  schema: Type.String(),
};
const idempotencyKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'A request that comes again under its key is not done again.',
  schema: Type.String({ minLength: 1, maxLength: 200 }),
};
const ifMatch: Parameter = {
  name: 'If-Match',
  in: 'header',
  description: 'The entity tag of the version that is meant; 412 for a node that has changed.',
  schema: Type.String(),
};
const ifNoneMatch: Parameter = {
  name: 'If-None-Match',
  in: 'header',
  description: 'An entity tag that the client has; 304 for a node that has not changed.',
  schema: Type.String(),
};
const prefer: Parameter = {
  name: 'Prefer',
  in: 'header',
  description: '`wait=<seconds>` for the longest wait, `respond-async` for none.',
  schema: Type.String(),
};
const location = { Location: { schema: Type.String() } };
const accepted = {
  description: 'Not ended yet; `Location` is the place of the saga.',
  headers: location,
  content: inJson(Accepted),
};

function ok(description: string, schema: TSchema): Operation['responses'] {
  return { 200: { description, content: inJson(schema) }, default: problemResponse };
}

function body(schema: TSchema, required = true): Pick<Operation, 'requestBody'> {
  return { requestBody: { required, content: inJson(schema) } };
}

/** A message whose id may be in the path instead of the body. */
function withIdInPath(schema: { readonly properties: TProperties }): TSchema {
  const { id: _, ...properties } = schema.properties;
  return Type.Object(properties, { additionalProperties: false });
}

/** The keys of a message as keys of a query. `filter` is JSON, lists are repeated keys. */
function query(schema: { readonly properties: TProperties }): readonly Parameter[] {
  return Object.entries(schema.properties).map(([name, member]): Parameter => {
    const where = { name, in: 'query' } as const;
    return name === 'filter' ? { ...where, content: inJson(member) } : { ...where, schema: member };
  });
}

function change(summary: string, schema: TSchema, parameters: readonly Parameter[]): Operation {
  return {
    summary,
    parameters: [...parameters, ifMatch, idempotencyKey, prefer],
    ...body(schema, parameters.length === 0),
    responses: { ...ok('Done.', Done), 202: accepted },
  };
}

/** The options of a route with that operation. */
export function withOperation(operation: Operation): {
  readonly config: { readonly operation: Operation };
} {
  return { config: { operation } };
}

export const entityOperations = {
  create: {
    summary: 'Create a node',
    parameters: [idempotencyKey, prefer],
    ...body(CreateSchema, false),
    responses: {
      201: {
        description: 'The node is there; `Location` is its place.',
        headers: location,
        content: inJson(Type.Object({ id: Type.String() })),
      },
      default: problemResponse,
    },
  },
  createAlias: {
    summary: 'Create an alias of a node',
    parameters: [idempotencyKey, prefer],
    ...body(CreateAliasSchema),
    responses: {
      201: {
        description: 'The alias is there.',
        content: inJson(Type.Object({ id: Type.String() })),
      },
      default: problemResponse,
    },
  },
  copy: {
    summary: 'Copy a node with the nodes of the entity below it',
    parameters: [idInPath, idempotencyKey, prefer],
    ...body(withIdInPath(CopySchema), false),
    responses: {
      201: {
        description: 'The copies are there; `Location` is the place of the first.',
        headers: location,
        content: inJson(Copied),
      },
      default: problemResponse,
    },
  },
  read: {
    summary: 'Find nodes',
    parameters: query(ReadSchema),
    responses: ok('The nodes.', Found),
  },
  readOne: {
    summary: 'Read a node',
    parameters: [
      idInPath,
      ...query({ properties: { attributes: ReadSchema.properties.attributes } }),
      ifNoneMatch,
    ],
    responses: {
      200: {
        description: 'The node; `ETag` is its version.',
        headers: { ETag: { schema: Type.String() } },
        content: inJson(Node),
      },
      304: { description: 'The client has this version.' },
      default: problemResponse,
    },
  },
  update: change('Update a node', UpdateSchema, []),
  updateOne: change('Update a node', withIdInPath(UpdateSchema), [idInPath]),
  delete: change('Delete nodes, if everyone agrees', DeleteSchema, []),
  deleteOne: change('Delete a node, if everyone agrees', withIdInPath(DeleteSchema), [idInPath]),
} satisfies Record<string, Operation>;

const Links = Type.Record(Type.String(), Type.Unknown(), {
  description: 'Ids of the linked nodes, under the name that the config of the entity gives.',
});

export function linkOperations(name: string) {
  const to = { parameters: [idInPath, idempotencyKey, prefer], ...body(Links) };
  return {
    read: {
      summary: `Read the links ${name} of a node`,
      parameters: [idInPath],
      responses: ok('The linked nodes, with the attributes of the links.', Records),
    },
    link: {
      summary: `Link nodes to a node: ${name}`,
      ...to,
      responses: ok('The links are there.', Done),
    },
    unlink: {
      summary: `Take links of a node away: ${name}`,
      ...to,
      responses: ok('The links are not there.', Done),
    },
  } satisfies Record<string, Operation>;
}

const made = {
  201: { description: 'Done.', content: inJson(Type.Object({ id: Type.String() })) },
  default: problemResponse,
};

export const cardOperations = {
  create: {
    summary: 'Create a card',
    parameters: [idempotencyKey, prefer],
    ...body(cards.createSchema),
    responses: made,
  },
  read: {
    summary: 'Read cards by id; without `id` list them, by owner and state',
    parameters: query({
      properties: { ...cards.readSchema.properties, ...cards.listSchema.properties },
    }),
    responses: ok('The cards.', Records),
  },
  delete: {
    summary: 'Delete a card with its files',
    parameters: [idempotencyKey, prefer],
    ...body(cards.deleteSchema),
    responses: ok('Done, or with `mode: async` begun.', Done),
  },
  undelete: {
    summary: 'Undelete a card: call its deletion off, or make a new card with the old content',
    parameters: [idempotencyKey, prefer],
    ...body(cards.undeleteSchema),
    responses: ok('The card is active.', Type.Object({ id: Type.String() })),
  },
} satisfies Record<string, Operation>;

export const transactionOperations = {
  create: {
    summary: 'Begin a transaction',
    parameters: [idempotencyKey, prefer],
    ...body(transactions.createSchema),
    responses: made,
  },
  read: {
    summary: 'Find transactions',
    parameters: query(transactions.readSchema),
    responses: ok('The transactions.', Records),
  },
  process: {
    summary: 'Bring a transaction into its next state',
    parameters: [idempotencyKey, prefer],
    ...body(transactions.processSchema),
    responses: ok('Done.', Type.Object({ response: Type.Literal('ok') })),
  },
} satisfies Record<string, Operation>;

export const planOperation: Operation = {
  summary: 'Plan a deletion: the nodes that would go, and the votes',
  parameters: [],
  ...body(PlansSchema),
  responses: ok('The plan; nothing is held.', DeletionPlanSchema),
};

export const sagaOperations = {
  list: {
    summary: 'The sagas under way',
    parameters: [],
    responses: ok('A part for each service in each saga.', Sagas),
  },
  read: {
    summary: 'The record of a saga, or its events as they come',
    parameters: [idInPath],
    responses: {
      200: {
        description: 'The record; with `Accept: text/event-stream` the history as events.',
        content: { ...inJson(SagaRecordSchema), 'text/event-stream': { schema: Type.String() } },
      },
      204: { description: 'The stream of the events has ended.' },
      default: problemResponse,
    },
  },
} satisfies Record<string, Operation>;

export const healthOperations = {
  live: {
    summary: 'Whether the process serves',
    parameters: [],
    responses: ok('The process serves.', Health),
  },
  ready: {
    summary: 'Whether requests can be done',
    parameters: [],
    responses: ok('Requests can be done.', Health),
  },
} satisfies Record<string, Operation>;
