/**
 * The parameter that is an expression: checked as far as it can be without a table, so that a fault
 * of its text is found where all parameters are checked, before anything runs.
 */
import { z } from "zod";
import { parseExpression } from "../compute/expression/expression.ts";
import { RtlError } from "../protocol/errors.ts";

/** The text of an expression; what is wrong with it is told with line, column and a caret. */
export const expressionParam = z.string().superRefine((text, context) => {
  try {
    parseExpression(text);
  } catch (error) {
    if (!(error instanceof RtlError)) throw error;
    context.addIssue({ code: "custom", message: error.message });
  }
});

/** The language, for the help of tasks that take expressions. */
export const expressionHelp = [
  "Expressions: columns by name, or in backquotes: `my column`; numbers; 'text'; true, false, null;",
  "+ - * / % ** and signs; == != < <= > >=; in (1, 2), not in; and or not (also && || !);",
  "if(c, a, b) or c ? a : b; brackets.",
  "Functions: abs sign floor ceil trunc round(x, places?) min max sqrt exp log log10 log2 pow hypot pi",
  "sin cos tan asin acos atan atan2 sinh cosh tanh; isNull isNaN coalesce; of text: length lower upper",
  "contains startsWith endsWith substring(text, start, length?) concat; of times in milliseconds since",
  "1970, in UTC: year month day hour minute second.",
  "Whole numbers stay int64 under + - * % and are exact at any size; a result beyond int64 is an error.",
  "/ and ** and other functions give float64, as numpy does. % has the sign of the divisor; a whole",
  "number has no remainder (null) for the divisor 0. round() goes to the even number from a half.",
  "A row that lacks a value which is needed has none. But false and a missing value are false, true or",
  "a missing one are true, and if() takes its last value where the condition is missing.",
  "NaN is a number that equals nothing, not even NaN. Text compares by code point; substring counts",
  "code points from 0, or from the end if negative.",
].join("\n");
