// What a principal may do, asked once and answered without waiting.

import { ValorError } from "./errors.js";

/** What a principal may do in its tenant, as it was when asked last. */
export class PermissionSnapshot {
  #ask;
  #held;

  constructor(ask, held) {
    this.#ask = ask;
    this.#held = held;
  }

  /** The snapshot of what `ask` gives a promise of. */
  static async of(ask) {
    return new PermissionSnapshot(ask, await ask());
  }

  /** The version of the tenant's rights that it was taken by. */
  get version() {
    return this.#held.version;
  }

  /** Everything the principal may do. */
  get permissions() {
    return [...this.#held.permissions];
  }

  /** Whether the principal may do what `permission` names, such as "read_models". */
  can(permission) {
    if (!this.#held.known.includes(permission)) {
      const constraint = `one of ${this.#held.known.join(", ")}`;
      throw new ValorError(`permission: ${permission} is not allowed: ${constraint}`, {
        kind: "InvalidInput", field: "permission", value: permission, constraint,
      });
    }
    return this.#held.permissions.includes(permission);
  }

  /** Asks again; a promise of whether the rights of the tenant have moved, or what the principal may do. */
  async refresh() {
    const before = this.#held;
    this.#held = await this.#ask();
    return this.#held.version !== before.version || this.#held.permissions.join() !== before.permissions.join();
  }
}
