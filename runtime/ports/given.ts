/**
 * The base of classes that give an object of somebody else a private field.
 *
 * A private field costs as much as an assignment. A `WeakMap` or a `WeakSet` costs ten times as much
 * for each object, and again at every collection of garbage. A copy of the object does not have the
 * field. An object that was frozen by others should get none, because later versions of JavaScript
 * refuse that.
 */
export class Given {
  constructor(value: object) {
    // biome-ignore lint/correctness/noConstructorReturn: a class below gives the value a private field
    return value;
  }
}
