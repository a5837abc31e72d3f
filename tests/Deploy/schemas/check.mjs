// Checks manifests against closed schemas: an object may hold no member that its schema does not name.
//   node check.mjs < [{ "name": …, "object": … }, …]        prints [{ "name": …, "path": …, "message": … }, …]
// Kubernetes and cert-manager: the validators of kubernetes-models, which pass unknown members over. What they look at is watched: a member that the
// validator of an object never asked for is not in its schema. The other operators have no package; their schemas are written here after their documents,
// for the members in use, and are closed by themselves.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const packages = join(here, 'node_modules')
install()

const models = {
  'v1/ConfigMap': 'kubernetes-models/_schemas/IoK8sApiCoreV1ConfigMap.js',
  'v1/Namespace': 'kubernetes-models/_schemas/IoK8sApiCoreV1Namespace.js',
  'v1/Service': 'kubernetes-models/_schemas/IoK8sApiCoreV1Service.js',
  'v1/ServiceAccount': 'kubernetes-models/_schemas/IoK8sApiCoreV1ServiceAccount.js',
  'apps/v1/Deployment': 'kubernetes-models/_schemas/IoK8sApiAppsV1Deployment.js',
  'autoscaling/v2/HorizontalPodAutoscaler': 'kubernetes-models/_schemas/IoK8sApiAutoscalingV2HorizontalPodAutoscaler.js',
  'batch/v1/Job': 'kubernetes-models/_schemas/IoK8sApiBatchV1Job.js',
  'networking.k8s.io/v1/NetworkPolicy': 'kubernetes-models/_schemas/IoK8sApiNetworkingV1NetworkPolicy.js',
  'policy/v1/PodDisruptionBudget': 'kubernetes-models/_schemas/IoK8sApiPolicyV1PodDisruptionBudget.js',
  'cert-manager.io/v1/Certificate': '@kubernetes-models/cert-manager/_schemas/ComGithubCertManagerCertManagerPkgApisCertmanagerV1Certificate.js',
  'cert-manager.io/v1/Issuer': '@kubernetes-models/cert-manager/_schemas/ComGithubCertManagerCertManagerPkgApisCertmanagerV1Issuer.js'
}
const written = {
  'postgresql.cnpg.io/v1/Cluster': 'cnpg-cluster.json',
  'postgresql.cnpg.io/v1/Database': 'cnpg-database.json',
  'postgresql.cnpg.io/v1/ImageCatalog': 'cnpg-image-catalog.json',
  'postgresql.cnpg.io/v1/ScheduledBackup': 'cnpg-scheduled-backup.json',
  'barmancloud.cnpg.io/v1/ObjectStore': 'barman-object-store.json',
  'rabbitmq.com/v1beta1/RabbitmqCluster': 'rabbitmq-cluster.json'
}
// Objects of Kubernetes inside those of others, as far as these let one write them.
const inside = {
  'rabbitmq.com/v1beta1/RabbitmqCluster': [['/spec/override/statefulSet/spec/template', 'kubernetes-models/_schemas/IoK8sApiCoreV1PodTemplateSpec.js']]
}

const { default: Ajv } = await import(pathToFileURL(join(packages, 'ajv', 'dist', 'ajv.js')))
const ajv = new Ajv.default({ allErrors: true, strict: true })
const validators = new Map()

const findings = []
for (const { name, object } of JSON.parse(readFileSync(0, 'utf8'))) {
  const kind = `${object.apiVersion}/${object.kind}`
  const report = (path, message) => findings.push({ name, path, message })
  if (models[kind]) {
    closed(await model(models[kind]), object, '', report)
  } else if (written[kind]) {
    if (!validators.has(kind)) validators.set(kind, ajv.compile(JSON.parse(readFileSync(join(here, written[kind]), 'utf8'))))
    const validate = validators.get(kind)
    if (!validate(object)) {
      for (const error of validate.errors) report(error.instancePath, `${error.message}${error.params.additionalProperty ? `: ${error.params.additionalProperty}` : ''}`)
    }
    for (const [path, schema] of inside[kind] ?? []) {
      const part = path.split('/').slice(1).reduce((at, member) => at?.[member], object)
      if (part !== undefined) closed(await model(schema), part, path, report)
    }
  } else {
    report('', `no schema for ${kind}`)
  }
}
process.stdout.write(JSON.stringify(findings))

async function model (path) {
  if (!validators.has(path)) validators.set(path, (await import(pathToFileURL(join(packages, path)))).validate)
  return validators.get(path)
}

function closed (validate, object, at, report) {
  const asked = new Map()
  const watched = new WeakMap()
  if (!validate(watch(object, at))) {
    for (const error of validate.errors) report(at + error.instancePath, `${error.keyword}: ${JSON.stringify(error.params)}`)
  }
  for (const { value, path, members } of asked.values()) {
    for (const member of Object.keys(value)) {
      if (!members.has(member)) report(`${path}/${member}`, 'is not a member')
    }
  }

  function watch (value, path) {
    if (value === null || typeof value !== 'object') return value
    if (watched.has(value)) return watched.get(value)
    const members = new Set()
    // Looked at from the moment somebody asks for what is in it; numbers of an array are always asked for.
    if (!Array.isArray(value)) asked.set(value, { value, path, members })
    const proxy = new Proxy(value, {
      get (target, member) {
        if (typeof member === 'string') members.add(member)
        const inner = target[member]
        return typeof member === 'string' && Object.hasOwn(target, member) ? watch(inner, `${path}/${member}`) : inner
      }
    })
    watched.set(value, proxy)
    return proxy
  }
}

// As the lock file says, once: again only when it has changed.
function install () {
  const mark = join(packages, '.installed')
  const wanted = createHash('sha256').update(readFileSync(join(here, 'package-lock.json'))).digest('hex')
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return
  execFileSync('npm', ['ci', '--no-progress', '--no-audit', '--no-fund'], { cwd: here, stdio: ['ignore', 'ignore', 'inherit'] })
  writeFileSync(mark, wanted)
}
