/** How long the chaos tests are: the short form belongs to `npm test`, the long one to `npm run chaos`. */
export const long: boolean = process.env["RTL_CHAOS"] === "long";
