// The client of `vela-lang lsp`, and the panel that previews what an Application becomes.
'use strict';

const vscode = require('vscode');
const { LanguageClient } = require('vscode-languageclient/node');

const SCHEME = 'vela-preview';
const ALL = 'all clusters';

/** @type {LanguageClient | undefined} */
let client;
/** @type {vscode.OutputChannel | undefined} */
let cases;
/** Previews that are shown, by the text of their URI: the document, Application and cluster they are of. */
const shown = new Map();
const changed = new vscode.EventEmitter();

function previewUri(request) {
  const name = [request.application || 'all', request.cluster].filter(Boolean).join('@');
  const query = encodeURIComponent(JSON.stringify(request));
  return vscode.Uri.parse(`${SCHEME}:/${encodeURIComponent(name)}.yaml?${query}`);
}

/** The text of a preview: asked for once, then brought by the server as it changes. */
const provider = {
  onDidChange: changed.event,
  async provideTextDocumentContent(uri) {
    const known = shown.get(uri.toString());
    if (known && known.yaml !== undefined) {
      return known.yaml;
    }
    const request = JSON.parse(decodeURIComponent(uri.query));
    shown.set(uri.toString(), { request });
    return client ? client.sendRequest('vela/preview', request) : '';
  },
};

function previewChanged(params) {
  for (const [key, entry] of shown) {
    const { uri, application, cluster } = entry.request;
    const same = uri === params.uri && (application || null) === params.application && (cluster || null) === params.cluster;
    if (same) {
      entry.yaml = params.yaml;
      changed.fire(vscode.Uri.parse(key));
    }
  }
}

async function showPreview(request) {
  const editor = vscode.window.activeTextEditor;
  const wanted = request || (editor && { uri: editor.document.uri.toString() });
  if (!wanted || !client) {
    return;
  }
  const clusters = await client.sendRequest('vela/clusters', wanted);
  if (clusters.length > 1) {
    const picked = await vscode.window.showQuickPick([ALL, ...clusters], { title: 'Preview for' });
    if (!picked) {
      return;
    }
    if (picked !== ALL) {
      wanted.cluster = picked;
    }
  }
  const document = await vscode.workspace.openTextDocument(previewUri(wanted));
  await vscode.languages.setTextDocumentLanguage(document, 'yaml');
  await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true, preview: false });
}

/** The lens `3 uses` opens the list of references, as those of other languages do. */
async function showUses(argument) {
  const uri = vscode.Uri.parse(argument.uri);
  const at = new vscode.Position(argument.position.line, argument.position.character);
  const found = await client.sendRequest('workspace/executeCommand', { command: 'vela.uses', arguments: [argument] });
  const places = found.map((l) => client.protocol2CodeConverter.asLocation(l));
  await vscode.commands.executeCommand('editor.action.showReferences', uri, at, places);
}

/** The lens `Run 3 cases` tells what came of them; what a failed case gave stands in a channel. */
async function runCases(argument) {
  const found = await client.sendRequest('workspace/executeCommand', { command: 'vela.test', arguments: [argument] });
  if (found.failed === 0) {
    vscode.window.showInformationMessage(`${found.passed} cases passed`);
    return;
  }
  cases = cases || vscode.window.createOutputChannel('vela-lang cases', 'yaml');
  cases.clear();
  for (const one of found.cases.filter((c) => c.wrong)) {
    cases.appendLine(`# ${one.name}: ${one.wrong}\n${one.made}`);
  }
  cases.show(true);
}

async function start(context) {
  const command = vscode.workspace.getConfiguration('vela').get('path', 'vela-lang');
  const server = { command, args: ['lsp'] };
  client = new LanguageClient('vela-lang', 'vela-lang', { run: server, debug: server }, {
    documentSelector: [
      { scheme: 'file', language: 'cue' },
      { scheme: 'untitled', language: 'cue' },
      { scheme: 'file', language: 'yaml' },
      { scheme: 'untitled', language: 'yaml' },
    ],
    middleware: {
      // The commands of the server's lenses are shown by the editor's own means.
      executeCommand(name, args, next) {
        if (name === 'vela.preview') {
          return showPreview(args[0]);
        }
        if (name === 'vela.test') {
          return runCases(args[0]);
        }
        return name === 'vela.uses' ? showUses(args[0]) : next(name, args);
      },
    },
  });
  client.onNotification('vela/previewChanged', previewChanged);
  await client.start();
  context.subscriptions.push(client);
}

exports.activate = async (context) => {
  context.subscriptions.push(
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, provider),
    vscode.workspace.onDidCloseTextDocument((document) => shown.delete(document.uri.toString())),
    vscode.commands.registerCommand('vela.showPreview', showPreview),
    vscode.commands.registerCommand('vela.restart', () => client && client.restart()),
  );
  await start(context);
};

exports.deactivate = () => client && client.stop();
