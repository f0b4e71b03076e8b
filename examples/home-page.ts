import type { FastifyInstance } from 'fastify'

/** Serves a page at / that says what this server is and how to begin. The documentation leaves out what is registered before it. */
export function serveHomePage (app: FastifyInstance): void {
  app.get('/', async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(page(app.listeningOrigin)))
}

function page (address: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>A small chat server</title>
<h1>A small chat server</h1>
<p>This server shows the Fastify plugin fastify-chat-integrations. Its users create incoming and outgoing webhooks.</p>
<p>The <a href="/documentation">documentation</a> lists all routes.</p>
<h2>The first call</h2>
<p>This command creates an incoming webhook. It is the first call of <code>README.md</code>, and it needs the workspace file that comes with this example.</p>
<pre>${firstCall(address)}</pre>
</html>
`
}

/** Its credentials are those of examples/workspace.json: examples, and no secret. */
function firstCall (address: string): string {
  return `curl -H "X-Auth-Token: 9HqLlyZOugoStsXCUfD_0YdwnNnunAJF8V47U3QHXSq" \\
     -H "X-User-Id: aobEdbYhXfu5hkeqG" \\
     -H "Content-type: application/json" \\
     ${address}/api/v1/integrations.create \\
     -d '{ "type": "webhook-incoming", "name": "testHook", "enabled": true,
           "username": "rocket.cat", "channel": "#general", "scriptEnabled": false }'`
}
