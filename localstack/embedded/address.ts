import { type Names, namesOf } from "../../shared/core/names.ts";

/** Where the embedded pipeline is, in the words of AWS. */

export const stage = "local";
export const names = namesOf(stage);

/** Fixed: fauxqs keeps one queue per name, and a queue of another region would take its place. */
export const region = "us-east-1";
export const account = "000000000000";

/** The servers ask nobody who they are, but the SDK sends no request without credentials. */
export const access = { region, credentials: { accessKeyId: "local", secretAccessKey: "local" } };

/** A queue's URL, which carries the port of today: the one that fauxqs gives back carries that of its creation. */
export const queueUrl = (sqsUrl: string, name: string): string => `${sqsUrl}/${account}/${name}`;

export const arn = (service: string, resource: string): string =>
  `arn:aws:${service}:${region}:${account}:${resource}`;

/** On AWS, CloudFormation names the tables. */
export const tableNamesOf = ({ stack }: Pick<Names, "stack">) => ({
  runs: `${stack}-runs`,
  state: `${stack}-state`,
});
