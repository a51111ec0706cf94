/** What is wrong with the values of settings, where a type does not check it. */
import { z } from 'zod';

/** The fewest characters of a token secret. */
export const SECRET_LENGTH = 32;

/** The problem with an accepted secret, which must not show the secret. Undefined when it is long enough. */
export function secretProblem(secret: string): string | undefined {
  return secret.length < SECRET_LENGTH ? `each secret needs at least ${SECRET_LENGTH} characters` : undefined;
}

/**
 * The problem with an origin, which must be written as a browser sends it: scheme, host, and the port where it is not
 * the default one. Undefined when it is valid.
 */
export function originProblem(text: string): string | undefined {
  const isOrigin = URL.canParse(text) && /^https?:[^*]*$/.test(text) && new URL(text).origin === text;
  return isOrigin ? undefined : `${text} is no origin like https://andon.plant.example`;
}

/** The problem with a target of anchors, which must not show the URL, because it may contain a password. */
export function anchorTargetProblem(text: string): string | undefined {
  const { protocol = '', host = '', pathname = '' } = URL.canParse(text) ? new URL(text) : {};
  const isTarget =
    (protocol === 'file:' && host === '' && /^\/.*[^/]$/.test(pathname) && !/%2f|%(?![\da-f]{2})/i.test(pathname)) ||
    (/^https?:$/.test(protocol) && host !== '') ||
    (/^syslog(?:\+tcp)?:$/.test(protocol) && host !== '' && pathname === '');
  return isTarget
    ? undefined
    : 'a target is file:///path, https://host/path, syslog://host:port or syslog+tcp://host:port';
}

/** A printer of labels. */
export interface LabelPrinter {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** The problem with a printer of labels. Undefined when it is valid. */
export function labelPrinterProblem(text: string): string | undefined {
  return labelPrintersOf([text]).length > 0 ? undefined : `${text} is no printer like LINE-1=10.1.2.3:9100`;
}

/** The printers of labels of valid entries. An address of IPv6 stands in brackets. */
export function labelPrintersOf(entries: readonly string[]): readonly LabelPrinter[] {
  return entries.flatMap((entry) => {
    const { name, host, port = '9100' } = PRINTER.exec(entry)?.groups ?? {};
    const isPort = Number(port) >= 1 && Number(port) <= 65_535;
    return name === undefined || host === undefined || !isPort
      ? []
      : [{ name, host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) }];
  });
}

const PRINTER =
  /^(?<name>[A-Za-z0-9_.-]{1,100})=(?<host>[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::(?<port>\d{1,5}))?$/;

/** The problems of values that are valid by themselves, but not together. */
export function contradictionsIn(values: {
  readonly LOTGRAPH_TOKEN_SECRET: string;
  readonly LOTGRAPH_ACCEPTED_TOKEN_SECRETS: readonly string[];
  readonly LOTGRAPH_ANCHOR_TARGETS: readonly string[];
  readonly LOTGRAPH_ANCHOR_KEY?: string | undefined;
  readonly LOTGRAPH_LABEL_PRINTERS: readonly string[];
  readonly LOTGRAPH_ALERT_FAILURE_RATIO: number;
  readonly LOTGRAPH_ALERT_FAILURE_RATIO_HIGH: number;
}): readonly string[] {
  const secrets = [values.LOTGRAPH_TOKEN_SECRET, ...values.LOTGRAPH_ACCEPTED_TOKEN_SECRETS];
  const printers = labelPrintersOf(values.LOTGRAPH_LABEL_PRINTERS).map(({ name }) => name);
  return [
    ...(new Set(printers).size === printers.length ? [] : ['LOTGRAPH_LABEL_PRINTERS: names a printer twice']),
    ...(new Set(secrets).size === secrets.length
      ? []
      : ['LOTGRAPH_ACCEPTED_TOKEN_SECRETS: contains a secret twice, or the one of LOTGRAPH_TOKEN_SECRET']),
    ...(values.LOTGRAPH_ANCHOR_TARGETS.length === 0 || values.LOTGRAPH_ANCHOR_KEY !== undefined
      ? []
      : ['LOTGRAPH_ANCHOR_TARGETS: needs LOTGRAPH_ANCHOR_KEY, the key that signs what is published']),
    ...(values.LOTGRAPH_ALERT_FAILURE_RATIO <= values.LOTGRAPH_ALERT_FAILURE_RATIO_HIGH
      ? []
      : ['LOTGRAPH_ALERT_FAILURE_RATIO_HIGH: is below LOTGRAPH_ALERT_FAILURE_RATIO']),
  ];
}

/** A list of comma-separated entries; each entry is checked by `problemOf`. */
export function listOf(problemOf: (entry: string) => string | undefined): z.ZodType<readonly string[]> {
  return z
    .string()
    .default('')
    .transform((text, context) => {
      const entries = text
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== '');
      for (const message of entries.map(problemOf))
        if (message !== undefined) context.addIssue({ code: 'custom', message });
      return entries;
    });
}

/** A whole number in a range, with a default. */
export function wholeNumber(least: number, most: number, fallback: number): z.ZodDefault<z.ZodCoercedNumber> {
  return z.coerce.number().int().min(least).max(most).default(fallback);
}

/** A share from 0 to 1, with a default. */
export function ratio(fallback: number): z.ZodDefault<z.ZodCoercedNumber> {
  return z.coerce.number().min(0).max(1).default(fallback);
}
