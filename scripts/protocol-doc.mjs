// Writes the generated parts of docs/protocol.md anew, after a change of routes or messages.
// It needs a build, and changes nothing outside the page's markers.
import { readFileSync, writeFileSync } from "node:fs";
import { protocolPage, withGeneratedParts } from "../dist/test/support/protocol-doc.js";

writeFileSync(protocolPage, withGeneratedParts(readFileSync(protocolPage, "utf8")));
