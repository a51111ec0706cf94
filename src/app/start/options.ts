/** The options of `lotgraph start`. */
export interface StartOptions {
  /** As it was typed: it is judged like the variable. */
  readonly port?: string;
  readonly host?: string;
  readonly demo?: boolean;
  /** False: no backup is taken before migrations in production. */
  readonly backup?: boolean;
}

/** Where the progress of a start is shown. */
export interface Output {
  /** Writes a line. */
  readonly report: (message: string) => void;
  /** Begins a progress bar; the function that it returns receives how much of the total is done. */
  readonly progress: (label: string, total: number) => (done: number) => void;
}
