/** A promise that a test settles. */
export class Deferred<Value = void> {
  readonly promise: Promise<Value>;
  #settle: readonly [(value: Value) => void, (error: unknown) => void] = [ignore, ignore];

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#settle = [resolve, reject];
    });
  }

  resolve(value: Value): void {
    this.#settle[0](value);
  }

  reject(error: unknown): void {
    this.#settle[1](error);
  }
}

function ignore(): void {}
