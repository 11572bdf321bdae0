// store.ts - one value that several sections read, and hear of when it changes.
export class Store<T extends object> {
  private listeners: ((value: T) => void)[] = [];
  constructor(private value: T) {}

  get(): T {
    return this.value;
  }

  set(change: Partial<T>): void {
    this.value = { ...this.value, ...change };
    for (const listener of this.listeners) listener(this.value);
  }

  /** Calls at once, and again after every change. */
  watch(listener: (value: T) => void): void {
    this.listeners.push(listener);
    listener(this.value);
  }
}
