// better-auth's API-key plugin behind an HTTP server of Node's own, which the bench measures Latchkey beside: server.mjs FILE.
// Makes some keys through its API, writes them to FILE and says where it serves. Started by bench/src/contenders.rs, in the
// folder that scripts/setup/better-auth.sh fills.
import { apiKey } from "@better-auth/api-key";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import Database from "better-sqlite3";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";

const KEYS = 10;
const file = process.argv[2];

const database = new Database(`${file}.db`);
// As quick as SQLite writes without losing a file: the plugin notes each use of a key before it answers.
database.pragma("journal_mode = WAL");
database.pragma("synchronous = NORMAL");
const auth = betterAuth({
  database,
  baseURL: "http://127.0.0.1",
  secret: randomBytes(32).toString("hex"),
  emailAndPassword: { enabled: true },
  logger: { disabled: true },
  telemetry: { enabled: false },
  // Its limit of requests is off; everything else is as it comes.
  plugins: [apiKey({ rateLimit: { enabled: false } })],
});
await (await getMigrations(auth.options)).runMigrations();

const password = randomBytes(16).toString("hex");
const { user } = await auth.api.signUpEmail({ body: { name: "Bench", email: "bench@example.com", password } });
const keys = [];
for (let number = 1; number <= KEYS; number++) {
  const made = await auth.api.createApiKey({ body: { name: `key ${number}`, userId: user.id } });
  keys.push(made.key);
}
writeFileSync(file, keys.join("\n"));

const answer = (response, status, body) => {
  const text = JSON.stringify(body);
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) }).end(text);
};

// What verifyApiKey finds, as the two calls of Latchkey answer it.
const judge = async (key) => {
  const { valid, key: found } = await auth.api.verifyApiKey({ body: { key } });
  return { valid, key_id: found?.id ?? null, name: found?.name ?? null, owner: found?.referenceId ?? null };
};

const server = createServer(async (request, response) => {
  try {
    if (request.method === "GET" && request.url === "/api/me") {
      const found = await judge((request.headers.authorization ?? "").replace("Bearer ", ""));
      answer(response, found.valid ? 200 : 401, found);
    } else if (request.method === "POST" && request.url === "/api/v1/verify") {
      const pieces = [];
      for await (const piece of request) pieces.push(piece);
      answer(response, 200, await judge(JSON.parse(Buffer.concat(pieces).toString()).key));
    } else {
      answer(response, 404, {});
    }
  } catch (error) {
    console.error(error);
    answer(response, 500, {});
  }
});
server.listen(0, "127.0.0.1", () => console.log(`better-auth serves http://127.0.0.1:${server.address().port}`));
