-- Tries the configuration for Neovim on the workspace in the current folder: diagnostics, hover, definition, the preview
-- that follows the text. Prints `fine` at the end; anything else is a failure.

local function fail(text)
  io.stdout:write('failed: ' .. text .. '\n')
  vim.cmd('cquit 1')
end

local function wait(what, condition)
  if not vim.wait(20000, condition, 20) then
    fail(what .. ' did not come')
  end
end

local function request(method, line, character)
  local params = {
    textDocument = { uri = vim.uri_from_bufnr(0) },
    position = { line = line, character = character },
  }
  local answers = vim.lsp.buf_request_sync(0, method, params, 20000) or {}
  for _, answer in pairs(answers) do
    if answer.result then
      return answer.result
    end
  end
  return fail('no answer to ' .. method)
end

vim.cmd('edit app.yaml')
wait('a diagnostic', function()
  return #vim.diagnostic.get(0) == 2
end)
local messages = {}
for _, diagnostic in ipairs(vim.diagnostic.get(0)) do
  table.insert(messages, diagnostic.message)
end
if not table.concat(messages, '\n'):find('did you mean `image`?', 1, true) then
  fail(table.concat(messages, '\n'))
end

-- The typing of a user: the name is corrected, and the file is clean.
vim.api.nvim_buf_set_lines(0, 9, 10, false, { '      image: nginx' })
wait('a clean file', function()
  return #vim.diagnostic.get(0) == 0
end)
if not request('textDocument/hover', 9, 8).contents.value:find('image: string', 1, true) then
  fail('hover tells something else')
end
local target = request('textDocument/definition', 9, 8)[1]
if not target.uri:find('web.cue', 1, true) then
  fail('the property leads to ' .. target.uri)
end

-- The preview follows.
vim.cmd('VelaPreview')
local function shown()
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    local text = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
    if text:find('kind: Server', 1, true) then
      return text
    end
  end
  return ''
end
wait('a preview', function()
  return shown():find('image: nginx', 1, true) ~= nil
end)
vim.api.nvim_buf_set_lines(vim.fn.bufnr('app.yaml'), 9, 10, false, { '      image: httpd' })
wait('the preview of the new text', function()
  return shown():find('image: httpd', 1, true) ~= nil
end)

vim.cmd('edit! web.cue')
wait('a client for .cue', function()
  return #vim.lsp.buf_get_clients(0) == 1
end)
if vim.bo.filetype ~= 'cue' then
  fail('the file type is ' .. vim.bo.filetype)
end
io.stdout:write('fine\n')
vim.cmd('qall!')
