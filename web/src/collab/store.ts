type Listener = () => void;

/** A value that is replaced, never changed, and tells when it was: React can subscribe to it. */
export class Store<T extends object> {
  private readonly listeners = new Set<Listener>();

  constructor(private value: T) {}

  readonly get = (): T => this.value;

  readonly subscribe = (listener: Listener): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  set(changes: Partial<T>): void {
    const keys = Object.keys(changes) as (keyof T)[];
    if (keys.every((key) => Object.is(this.value[key], changes[key]))) return;
    this.value = { ...this.value, ...changes };
    for (const listener of [...this.listeners]) listener();
  }
}
