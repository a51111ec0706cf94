/** What a figure is narrowed to: records by their ids. An absent list narrows nothing, an empty one leaves nothing. */
export interface Scope {
  readonly productModels?: readonly string[] | undefined;
  readonly productionLines?: readonly string[] | undefined;
  readonly lots?: readonly string[] | undefined;
  readonly processes?: readonly string[] | undefined;
  readonly equipment?: readonly string[] | undefined;
  readonly operators?: readonly string[] | undefined;
}

/** The most ids of one list of a scope. */
export const SCOPE_IDS = 200;

/** Whether a scope says anything about executions by themselves. */
export function narrowsExecutions({ processes, equipment, operators }: Scope): boolean {
  return processes !== undefined || equipment !== undefined || operators !== undefined;
}
