/** Invoices in a database of another program, in place of a driver of that database. */
export interface Invoice {
  readonly number: string;
  readonly customerId: string;
  readonly paid: boolean;
}

class Invoices {
  readonly keys: string[] = [];
  #rows: readonly Invoice[] = [];
  #failures = { read: 0, anonymise: 0 };

  put(...rows: readonly Invoice[]): void {
    this.#rows = rows;
  }

  /** So many of the next calls fail. */
  fail(failures: { readonly read: number; readonly anonymise: number }): void {
    this.#failures = { ...failures };
  }

  async of(customerIds: readonly string[], signal: AbortSignal): Promise<readonly Invoice[]> {
    signal.throwIfAborted();
    this.#try('read');
    return this.#rows.filter(({ customerId }) => customerIds.includes(customerId));
  }

  async anonymise(customerId: string, key: string): Promise<void> {
    this.keys.push(key);
    this.#try('anonymise');
    this.#rows = this.#rows.filter((row) => row.customerId !== customerId);
  }

  get left(): readonly string[] {
    return this.#rows.map(({ number }) => number);
  }

  #try(call: 'read' | 'anonymise'): void {
    if (this.#failures[call] === 0) return;
    this.#failures[call] -= 1;
    throw new Error('the database of the invoices does not answer');
  }
}

export const invoices = new Invoices();
