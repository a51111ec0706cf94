export interface StartOptions {
  readonly port?: number;
  readonly host?: string;
  readonly demo?: boolean;
}
