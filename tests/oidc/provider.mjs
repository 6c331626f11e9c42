/**
 * A real identity provider (oidc-provider) on loopback for the tests of signing in. It is honest but for what a test asks
 * of it over its control port: to sign with a new key, or to have its ID tokens say something else. What such a token
 * then says is wrong; its signature is the provider's own.
 */
import { createServer } from "node:http";
import { randomUUID } from "node:crypto";
import * as jose from "jose";
import Provider from "oidc-provider";

const CLIENT = { id: "pilothouse", secret: "a-client-secret-for-the-tests-alone" };

/** Who signs in next, and what the provider knows of them. */
let person = { sub: "nobody", claims: {} };
/** What ID tokens are to say instead. */
let lies = null;
/** Where browsers are sent back to, and whether ID tokens hold nothing but who somebody is. */
let setup = { redirect: "", terse: false };
let key, provider, issuer;

async function newKey() {
  const { privateKey } = await jose.generateKeyPair("RS256", { extractable: true });
  return { ...(await jose.exportJWK(privateKey)), kid: randomUUID(), alg: "RS256", use: "sig" };
}

async function begin() {
  key = await newKey();
  provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [setup.redirect],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    jwks: { keys: [key] },
    scopes: ["openid", "profile", "email", "groups"],
    claims: { openid: ["sub"], profile: ["preferred_username"], email: ["email"], groups: ["groups"] },
    conformIdTokenClaims: setup.terse,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    cookies: { keys: [randomUUID()] },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    findAccount: async (_, sub) => ({ accountId: sub, claims: async () => ({ sub, ...person.claims }) }),
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope("openid profile email groups");
      await grant.save();
      return grant;
    },
  });
  // After the provider has made an ID token, what a test wants it to say instead is put in and signed again.
  provider.use(async (ctx, next) => {
    await next();
    if (lies === null || ctx.oidc?.route !== "token" || !ctx.body?.id_token) return;
    const claims = { ...jose.decodeJwt(ctx.body.id_token), ...lies.claims };
    const signing = lies.stranger ? await newKey() : key;
    const header = { alg: "RS256", kid: key.kid, typ: "JWT" };
    ctx.body.id_token = await new jose.SignJWT(claims).setProtectedHeader(header).sign(await jose.importJWK(signing, "RS256"));
  });
}

async function body(request) {
  let text = "";
  for await (const piece of request) text += piece;
  return text ? JSON.parse(text) : {};
}

/** What tests may ask of the provider. */
async function control(request, response) {
  const asked = await body(request);
  switch (request.url) {
    case "/control/begin":
      setup = asked;
      await begin();
      break;
    case "/control/person":
      person = asked;
      break;
    case "/control/lies":
      lies = asked;
      break;
    case "/control/rotate":
      await begin();
      break;
    default:
      response.writeHead(404).end();
      return;
  }
  response.writeHead(204).end();
}

const server = createServer(async (request, response) => {
  try {
    if (request.url.startsWith("/control/")) return await control(request, response);
    if (request.url.startsWith("/interaction/")) {
      return await provider.interactionFinished(request, response, { login: { accountId: person.sub } });
    }
    return await provider.callback()(request, response);
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
});

server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  console.log(issuer);
});
