/** How far those have come that follow the log and act on it. Every store keeps it, with the same promises. */
export interface Checkpoints {
  /** The position up to which all is done; 0 if nothing was kept yet. */
  get(name: string): Promise<number>
  /** Keeps a position, unless one further on is kept already. Resolves when it is durable. */
  advance(name: string, position: number): Promise<void>
}
