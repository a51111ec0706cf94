/** The options of `lotgraph start`. */
export interface StartOptions {
  readonly port?: number;
  readonly host?: string;
  readonly demo?: boolean;
}
