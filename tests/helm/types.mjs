// Holds objects against their types: those of Kubernetes with unknown fields refused, those of operators by the checks
// that their definitions have. Reads a JSON list on standard input; prints one line for each violation.
// Usage: node types.mjs <folder of the chart's tools> < objects.json
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';

const tools = process.argv[2];
const Ajv = createRequire(join(tools, 'package.json'))('ajv/dist/2020').default;
const PACKAGES = {
  'cert-manager.io': 'cert-manager',
  'gateway.networking.k8s.io': 'gateway-api',
  'keda.sh': 'keda',
  'monitoring.coreos.com': 'prometheus-operator',
};
// Nobody has types of these; what is in them is asserted by the tests themselves.
const WITHOUT_TYPES = new Set(['kafka.strimzi.io']);

const read = (name) => JSON.parse(readFileSync(join(tools, 'schemas', name), 'utf8'));
const ajv = new Ajv({strict: false, allErrors: true, validateFormats: false});
ajv.addSchema(read('_definitions.json'), '/api/_definitions.json');

function checkBuiltIn(object, group, version) {
  const file = [object.kind.toLowerCase(), group.split('.')[0], version].filter(Boolean).join('-') + '.json';
  const validate = ajv.getSchema(file) ?? ajv.compile({...read(file), $id: file});
  if (validate(object)) {
    return [];
  }
  return validate.errors.map((e) => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`);
}

async function checkOperators(object, group, version) {
  const path = join(tools, 'node_modules/@kubernetes-models', PACKAGES[group], group, version, `${object.kind}.js`);
  const Model = (await import(pathToFileURL(path)))[object.kind];
  try {
    new Model(object).validate();
    return [];
  } catch (error) {
    return [error.message];
  }
}

let checked = 0;
for (const object of JSON.parse(readFileSync(0, 'utf8'))) {
  const [version, group = ''] = object.apiVersion.split('/').reverse();
  if (WITHOUT_TYPES.has(group)) {
    continue;
  }
  const problems = await (group in PACKAGES ? checkOperators : checkBuiltIn)(object, group, version);
  for (const problem of problems) {
    console.log(`${object.kind} ${object.metadata.name}: ${problem}`);
  }
  checked += 1;
}
console.log(`checked ${checked}`);
