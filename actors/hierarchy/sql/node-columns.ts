/**
 * The columns of a row `n` of the nodes, by the type that the columns make.
 */

/** A row as a `TreeNode`. */
export const nodeColumns = `n.id, n.parent_id as "parentId", n.cn, n.object_class as "objectClass", n.kind, n.service, n.attributes,
  n.is_default as "isDefault", n.alias_of as "aliasOf", n.version, n.seq::double precision as seq`;

/** A row as a `NodeHead`. */
export const headColumns = `n.id, n.parent_id as "parentId", n.cn, n.object_class as "objectClass",
  n.is_default as "isDefault", n.version, n.seq::double precision as seq`;

export const stepColumns = 'n.id, n.parent_id as "parentId", n.cn';

export const foreignColumns = `n.id, n.cn, n.object_class as "objectClass", coalesce(n.service, '') as service, n.parent_id as "parentId"`;

export const ofClass = "n.kind = 'entity' and n.object_class = ?";
