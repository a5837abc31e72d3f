// Lays the packages of package-lock.json out as wwwroot/lib, the way a browser under our Content-Security-Policy needs them.
//   npm run build            into ../wwwroot/lib
//   node build.mjs FOLDER    into another folder, to compare
// No bundler: what the authors ship is copied; of the style sheets only the parts that name GOV.UK's own font, crest and paths are changed.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const out = process.argv[2] ?? join(here, '..', 'wwwroot', 'lib')
const from = join(here, 'node_modules')

execFileSync('npm', ['ci', '--no-progress'], { cwd: here, stdio: ['ignore', 'ignore', 'inherit'] })
rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })

const version = name => JSON.parse(readFileSync(join(from, name, 'package.json'), 'utf8')).version
const licences = []

function copy (name, path, to) {
  cpSync(join(from, name, path), join(out, to))
}

function script (name, path, to) {
  // Without the line that sends a debugger to a file that is not here.
  const text = readFileSync(join(from, name, path), 'utf8').replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n')
  writeFileSync(join(out, to), text)
}

function style (name, path, images, to) {
  const text = readFileSync(join(from, name, path), 'utf8')
    .replace(/\/\*# sourceMappingURL=.*?\*\//, '')
    // The font and the crest are not ours to use.
    .replace(/@font-face\s*\{[^}]*\}/g, '')
    .replace(/"?GDS Transport"?,\s*arial,\s*sans-serif/gi, 'var(--font)')
    .replace(/url\([^)]*(crest|opengraph)[^)]*\)/gi, 'none')
    .replace(/url\(["']?\/assets\/images\/([\w-]+\.svg)["']?\)/g, (_, image) => {
      copy(name, `${images}/${image}`, `images/${image}`)
      return `url(images/${image})`
    })
  for (const left of ['GDS Transport', '/assets/']) {
    if (text.includes(left)) throw new Error(`${name}: ${left} is left in ${path}`)
  }
  writeFileSync(join(out, to), text)
}

function licence (name, file, text) {
  licences.push(`${name} ${version(name)}\n${'='.repeat(name.length + version(name).length + 1)}\n\n${text ?? readFileSync(join(from, name, file), 'utf8').trim()}\n`)
}

style('govuk-frontend', 'dist/govuk/govuk-frontend.min.css', 'dist/govuk/assets/images', 'govuk-frontend.css')
script('govuk-frontend', 'dist/govuk/govuk-frontend.min.js', 'govuk-frontend.js')
style('@ministryofjustice/frontend', 'moj/moj-frontend.min.css', 'moj/assets/images', 'moj-frontend.css')
script('@ministryofjustice/frontend', 'moj/moj-frontend.min.js', 'moj-frontend.js')
script('htmx.org', 'dist/htmx.min.js', 'htmx.js')
for (const weight of [400, 600]) {
  for (const subset of ['vietnamese', 'latin']) {
    copy('@fontsource/be-vietnam-pro', `files/be-vietnam-pro-${subset}-${weight}-normal.woff2`, `be-vietnam-pro-${subset}-${weight}.woff2`)
  }
}

const mit = holder => `MIT License\n\nCopyright (c) ${holder}\n
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`
licence('govuk-frontend', null, mit('Crown Copyright (Government Digital Service)'))
licence('@ministryofjustice/frontend', null, mit('Crown Copyright (Ministry of Justice)'))
licence('htmx.org', 'LICENSE')
licence('@fontsource/be-vietnam-pro', 'LICENSE')
writeFileSync(join(out, 'LICENCES.txt'), `Packages of others that the pages use, as they are laid out here. Changed: style sheets lose GOV.UK's font, crest and paths.\n\n${licences.join('\n\n')}`)
