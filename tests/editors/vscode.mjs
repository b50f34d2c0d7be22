// Tries the server with the protocol library of VS Code, and the TextMate grammar with VS Code's own engine.
// usage: node vscode.mjs SERVER WORKSPACE NODE_MODULES REPOSITORY; prints `fine` at the end.

import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import assert from 'node:assert/strict';

const [server, workspace, modules, repository] = process.argv.slice(2);
const require = createRequire(join(modules, 'x.js'));
const lsp = require('vscode-languageserver-protocol/node');

async function protocol() {
  const child = spawn(server, ['lsp'], { cwd: workspace, stdio: ['pipe', 'pipe', 'inherit'] });
  const connection = lsp.createProtocolConnection(
    new lsp.StreamMessageReader(child.stdout),
    new lsp.StreamMessageWriter(child.stdin),
  );
  const diagnostics = new Map();
  const waiting = [];
  connection.onNotification(lsp.PublishDiagnosticsNotification.type, (p) => {
    diagnostics.set(p.uri, p.diagnostics);
    waiting.splice(0).forEach((f) => f());
  });
  const previews = [];
  connection.onNotification('vela/previewChanged', (p) => previews.push(p) && waiting.splice(0).forEach((f) => f()));
  connection.listen();
  const until = async (condition) => {
    const limit = setTimeout(() => { console.log('failed: nothing came'); process.exit(1); }, 20000);
    while (!condition()) await new Promise((f) => waiting.push(f));
    clearTimeout(limit);
  };
  const root = pathToFileURL(workspace).href;
  const answer = await connection.sendRequest(lsp.InitializeRequest.type, {
    processId: process.pid, rootUri: root, workspaceFolders: [{ uri: root, name: 'w' }],
    capabilities: { textDocument: { completion: { completionItem: { snippetSupport: true } } } },
  });
  assert.equal(answer.capabilities.hoverProvider, true);
  await connection.sendNotification(lsp.InitializedNotification.type, {});
  const uri = `${root}/app.yaml`;
  const text = readFileSync(join(workspace, 'app.yaml'), 'utf8');
  const open = { textDocument: { uri, languageId: 'yaml', version: 1, text } };
  await connection.sendNotification(lsp.DidOpenTextDocumentNotification.type, open);
  await until(() => diagnostics.get(uri)?.length === 2);
  const at = { textDocument: { uri }, position: { line: 9, character: 8 } };
  await connection.sendNotification(lsp.DidChangeTextDocumentNotification.type, {
    textDocument: { uri, version: 2 },
    contentChanges: [{ range: { start: { line: 9, character: 6 }, end: { line: 9, character: 11 } }, text: 'image' }],
  });
  await until(() => diagnostics.get(uri)?.length === 0);
  const hover = await connection.sendRequest(lsp.HoverRequest.type, at);
  assert.match(hover.contents.value, /image: string/);
  const tokens = { textDocument: { uri: `${root}/web.cue` } };
  assert.ok((await connection.sendRequest(lsp.SemanticTokensRequest.type, tokens)).data.length > 0);
  const lens = await connection.sendRequest(lsp.CodeLensRequest.type, { textDocument: { uri } });
  assert.equal(lens[0].command.title, 'Preview manifests');
  const { command, arguments: args } = lens[0].command;
  const yaml = await connection.sendRequest(lsp.ExecuteCommandRequest.type, { command, arguments: args });
  assert.match(yaml, /kind: Server/);
  await connection.sendNotification(lsp.DidChangeTextDocumentNotification.type, {
    textDocument: { uri, version: 3 },
    contentChanges: [{ range: { start: { line: 9, character: 13 }, end: { line: 9, character: 18 } }, text: 'httpd' }],
  });
  await until(() => previews.some((p) => p.yaml.includes('image: httpd')));
  await connection.sendRequest(lsp.ShutdownRequest.type);
  await connection.sendNotification(lsp.ExitNotification.type);
  assert.equal(await new Promise((f) => child.on('exit', f)), 0);
}

async function grammar() {
  const { Registry, parseRawGrammar, INITIAL } = require('vscode-textmate');
  const oniguruma = require('vscode-oniguruma');
  await oniguruma.loadWASM(readFileSync(join(modules, 'vscode-oniguruma/release/onig.wasm')).buffer);
  const onigLib = Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  });
  const path = join(repository, 'editors/vscode/syntaxes/cue.tmLanguage.json');
  const registry = new Registry({
    onigLib, loadGrammar: async () => parseRawGrammar(readFileSync(path, 'utf8'), path),
  });
  const cue = await registry.loadGrammar('source.cue');
  const lines = ['package a', '// +usage=x', '#A: {b!: *"x\\(c+1)" | int @tag(t)}', 'd: #"\\#(e)"#', 'f: strings.ToUpper(0x1F)', 'for k, v in a {}'];
  const wanted = [
    [0, 'a', 'entity.name.namespace.cue'], [1, '+usage', 'keyword.other.marker.cue'],
    [2, '#A', 'entity.name.type.cue'], [2, 'b', 'variable.other.property.cue'], [2, 'c', 'variable.other.cue'],
    [2, 'int', 'support.type.cue'], [2, '@tag', 'entity.name.function.decorator.cue'],
    [3, 'e', 'variable.other.cue'], [4, 'ToUpper', 'entity.name.function.cue'],
    [4, '0x1F', 'constant.numeric.hex.cue'], [5, 'for', 'keyword.control.cue'],
  ];
  let state = INITIAL;
  const found = [];
  lines.forEach((line, number) => {
    const result = cue.tokenizeLine(line, state);
    state = result.ruleStack;
    for (const t of result.tokens) found.push([number, line.slice(t.startIndex, t.endIndex), t.scopes.at(-1)]);
  });
  for (const [line, word, scope] of wanted) {
    assert.ok(found.some(([l, w, s]) => l === line && w === word && s === scope), `${line} ${word} is no ${scope}: ${JSON.stringify(found.filter(([l]) => l === line))}`);
  }
}

await grammar();
await protocol();
console.log('fine');
