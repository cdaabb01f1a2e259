import { DefinitionError } from "../errors.ts";
import type { Rule } from "../rule.ts";
import { compile } from "./compile.ts";
import { awsDst, chooseDst, type DstChoice, type DstPolicy, intervalDst, vixieDst } from "./dst.ts";
import { type Clockwork, firstDue } from "./due.ts";
import { type Dialect, type Expression, parseExpression, tidy } from "./expression.ts";
import { firstMatch } from "./pattern.ts";
import { rateText } from "./rate.ts";
