import { type Names, namesOf } from "../../shared/core/names.ts";

/** The embedded pipeline's stage, region, account, names and credentials, in AWS's terms. */

export const stage = "local";
export const names = namesOf(stage);

/** Fixed, because fauxqs stores one queue per name, whatever the region. */
export const region = "us-east-1";
export const account = "000000000000";

/** The servers require no authentication, but the SDK sends no request without credentials. */
export const access = { region, credentials: { accessKeyId: "local", secretAccessKey: "local" } };

/** A queue's URL with the current port. The URL that fauxqs returns has the port of the queue's creation. */
export const queueUrl = (sqsUrl: string, name: string): string => `${sqsUrl}/${account}/${name}`;

export const arn = (service: string, resource: string): string =>
  `arn:aws:${service}:${region}:${account}:${resource}`;

/** On AWS, CloudFormation names the tables. */
export const tableNamesOf = ({ stack }: Pick<Names, "stack">) => ({
  runs: `${stack}-runs`,
  state: `${stack}-state`,
});
