import { mkdirSync } from "node:fs";
mkdirSync("../clew/server/static/built", { recursive: true });
