-- vela-lang for Neovim: `.cue` files and Application YAML. Put this file into ~/.config/nvim/plugin/.
--
-- :VelaPreview [cluster]  shows what the Application in this buffer becomes, and follows it while you type.
-- :VelaTest               runs the cases of the definition in this buffer.

local command = { vim.g.vela_lang or 'vela-lang', 'lsp' }
local markers = { 'cue.mod', '.git' }
local previews = {}

local function show(buffer, yaml)
  if vim.api.nvim_buf_is_valid(buffer) then
    vim.api.nvim_buf_set_lines(buffer, 0, -1, false, vim.split(yaml, '\n'))
  end
end

local function key(uri, cluster)
  return uri .. '\0' .. (cluster or '')
end

local handlers = {
  ['vela/previewChanged'] = function(_, params)
    -- Absent values arrive as vim.NIL.
    local cluster = params.cluster ~= vim.NIL and params.cluster or nil
    local buffer = previews[key(params.uri, cluster)]
    if buffer then
      show(buffer, params.yaml)
    end
  end,
}

local function root(path)
  local found = vim.fn.finddir('cue.mod', vim.fn.fnamemodify(path, ':h') .. ';')
  if found == '' then
    found = vim.fn.finddir('.git', vim.fn.fnamemodify(path, ':h') .. ';')
  end
  if found == '' then
    return vim.fn.fnamemodify(path, ':p:h')
  end
  return vim.fn.fnamemodify(found, ':p:h:h')
end

-- Clients by root, for versions without vim.lsp.start.
local clients = {}

local function start(buffer)
  local path = vim.api.nvim_buf_get_name(buffer)
  local config = { name = 'vela-lang', cmd = command, root_dir = root(path), handlers = handlers }
  if vim.lsp.start then
    return vim.lsp.start(config, { bufnr = buffer })
  end
  local id = clients[config.root_dir]
  if not id or not vim.lsp.get_client_by_id(id) then
    id = vim.lsp.start_client(config)
    clients[config.root_dir] = id
  end
  vim.lsp.buf_attach_client(buffer, id)
end

if vim.lsp.config and vim.lsp.enable then
  vim.lsp.config('vela-lang', {
    cmd = command,
    filetypes = { 'cue', 'yaml' },
    root_markers = markers,
    handlers = handlers,
  })
  vim.lsp.enable('vela-lang')
else
  vim.api.nvim_create_autocmd('FileType', {
    pattern = { 'cue', 'yaml' },
    callback = function(event)
      start(event.buf)
    end,
  })
end

vim.api.nvim_create_autocmd({ 'BufRead', 'BufNewFile' }, { pattern = '*.cue', command = 'setfiletype cue' })

vim.api.nvim_create_user_command('VelaPreview', function(options)
  local uri = vim.uri_from_bufnr(0)
  local cluster = options.args ~= '' and options.args or nil
  vim.lsp.buf_request(0, 'vela/preview', { uri = uri, cluster = cluster }, function(err, yaml)
    if err then
      vim.notify(err.message, vim.log.levels.ERROR)
      return
    end
    local known = previews[key(uri, cluster)]
    local buffer = known and vim.api.nvim_buf_is_valid(known) and known or vim.api.nvim_create_buf(false, true)
    previews[key(uri, cluster)] = buffer
    -- No file type: the preview is no document of its own.
    vim.api.nvim_buf_set_option(buffer, 'syntax', 'yaml')
    show(buffer, yaml)
    if vim.fn.bufwinid(buffer) == -1 then
      vim.cmd('vertical sbuffer ' .. buffer)
    end
  end)
end, { nargs = '?' })

vim.api.nvim_create_user_command('VelaTest', function()
  local params = { command = 'vela.test', arguments = { { uri = vim.uri_from_bufnr(0) } } }
  vim.lsp.buf_request(0, 'workspace/executeCommand', params, function(err, found)
    if err then
      vim.notify(err.message, vim.log.levels.ERROR)
      return
    end
    local lines = { found.passed .. ' passed, ' .. found.failed .. ' failed' }
    for _, case in ipairs(found.cases) do
      if case.wrong ~= vim.NIL then
        table.insert(lines, case.name .. ': ' .. case.wrong)
      end
    end
    vim.notify(table.concat(lines, '\n'), found.failed == 0 and vim.log.levels.INFO or vim.log.levels.WARN)
  end)
end, {})
