/** The records of the tree as reads give them. */
import type { KeepRule, OnDelete } from '../../config/exchange-config.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { AttributeValue } from '../consent/given-attributes.ts';

export type { Attributes, AttributeValue } from '../consent/given-attributes.ts';
export type { NodeFacts } from '../consent/nodes.ts';

/** A row of the answer to `read`. */
export type FoundNode = {
  readonly id: string;
  readonly dn: string;
  readonly attributes: { readonly [name: string]: readonly Json[] };
  readonly children?: readonly FoundNode[];
  readonly parentId?: string | null;
  readonly version?: number;
};

/** `service`: the owner. `attributes`: as stored, without name and class. */
export type HoldingNode = {
  readonly id: string;
  readonly service: string | null;
  readonly attributes: { readonly [name: string]: readonly Json[] };
};

/** `next`: the value of `after` for the nodes behind these; absent: these are the last nodes. */
export type FoundPage = { readonly nodes: readonly FoundNode[]; readonly next?: string };

export type SearchQuery = {
  readonly id?: string | readonly string[];
  readonly base?: string;
  readonly deref?: boolean;
  readonly scope?: 0 | 1 | 2;
  readonly filter?: { readonly [attribute: string]: readonly AttributeValue[] };
  readonly attributes?: readonly string[];
  readonly hierarchy?: boolean;
  readonly getParent?: boolean;
  readonly getVersion?: boolean;
  /**
   * `ldap`: values are shown as text, and names of nodes and attributes, and texts, are compared
   * without regard to case. Default: `typed`.
   */
  readonly values?: 'typed' | 'ldap';
  /** The class of the nodes: a service reads its own entity only. */
  readonly objectClass?: string;
};

/** A linked node, with the attributes of the link. */
export type LinkedNode = { readonly id: string; readonly attributes: JsonObject };

/** Ids with the version of the read. */
export type VersionExpectation = {
  readonly versions: { readonly [nodeId: string]: number };
};

export type PagedQuery = SearchQuery & {
  /** Most nodes of the page; absent: the most of any page. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
};

/** The rules of a service's config about deletions. */
export type RemovalRules = {
  readonly references: readonly { readonly attribute: string; readonly onDelete: OnDelete }[];
  readonly keep?: KeepRule;
};
