;;; vela-lang.el --- CUE and OAM Applications with vela-lang  -*- lexical-binding: t -*-

;; Package-Requires: ((emacs "28.1") (eglot "1.9"))
;; SPDX-License-Identifier: Apache-2.0

;;; Commentary:

;; A mode for `.cue' files, and Eglot with `vela-lang lsp' for them and for Application YAML.
;; `vela-lang-preview' shows what the Application in the buffer becomes.

;;; Code:

(require 'eglot)

(defgroup vela-lang nil "CUE and OAM Applications." :group 'languages)

(defcustom vela-lang-program "vela-lang"
  "The program that is started, with the argument `lsp'."
  :type 'string)

(defvar vela-lang-cue-font-lock
  `((,(regexp-opt '("package" "import" "for" "in" "if" "let" "else" "try" "otherwise" "fallback") 'symbols)
     . font-lock-keyword-face)
    (,(regexp-opt '("true" "false" "null") 'symbols) . font-lock-constant-face)
    (,(regexp-opt '("string" "bytes" "bool" "int" "float" "number" "uint" "rune") 'symbols) . font-lock-type-face)
    ("_?#[[:alpha:]_$#][[:alnum:]_$#]*" . font-lock-type-face)
    ("\\([[:alpha:]_$][[:alnum:]_$]*\\)[?!]?[ \t]*:" 1 font-lock-variable-name-face)
    ("@[[:alpha:]_]+" . font-lock-preprocessor-face))
  "What `vela-lang-cue-mode' highlights before the server does.")

(defvar vela-lang-cue-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?/ ". 12" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?\" "\"" table)
    (modify-syntax-entry ?' "\"" table)
    (modify-syntax-entry ?_ "_" table)
    (modify-syntax-entry ?# "_" table)
    table)
  "Syntax of CUE.")

;;;###autoload
(define-derived-mode vela-lang-cue-mode prog-mode "CUE"
  "A mode for CUE."
  :syntax-table vela-lang-cue-syntax-table
  (setq-local comment-start "// ")
  (setq-local comment-end "")
  (setq-local indent-tabs-mode t)
  (setq-local tab-width 4)
  (setq-local font-lock-defaults '(vela-lang-cue-font-lock)))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.cue\\'" . vela-lang-cue-mode))

(add-to-list 'eglot-server-programs
             `((vela-lang-cue-mode yaml-mode yaml-ts-mode) . (,vela-lang-program "lsp")))

(add-hook 'vela-lang-cue-mode-hook #'eglot-ensure)

(defun vela-lang-preview (&optional cluster)
  "Show what the Application in this buffer becomes, for CLUSTER or all of them."
  (interactive
   (list (let* ((server (eglot-current-server))
                (uri (vela-lang--uri))
                (clusters (append (jsonrpc-request server :vela/clusters `(:uri ,uri)) nil)))
           (when (cdr clusters)
             (let ((picked (completing-read "Cluster (empty for all): " clusters)))
               (unless (string-empty-p picked) picked))))))
  (let* ((server (eglot-current-server))
         (params (append `(:uri ,(vela-lang--uri)) (when cluster `(:cluster ,cluster))))
         (yaml (jsonrpc-request server :vela/preview params)))
    (with-current-buffer (get-buffer-create "*vela-lang preview*")
      (let ((inhibit-read-only t))
        (erase-buffer)
        (insert yaml)
        (goto-char (point-min)))
      (special-mode)
      (display-buffer (current-buffer)))))

(defun vela-lang--uri ()
  "The URI of this buffer, as Eglot calls it."
  (plist-get (eglot--TextDocumentIdentifier) :uri))

(cl-defmethod eglot-handle-notification (_server (_method (eql vela/previewChanged)) &key yaml &allow-other-keys)
  "Show a preview's YAML anew where it is shown."
  (when-let ((buffer (get-buffer "*vela-lang preview*")))
    (with-current-buffer buffer
      (let ((inhibit-read-only t) (at (point)))
        (erase-buffer)
        (insert yaml)
        (goto-char (min at (point-max)))))))

(provide 'vela-lang)
;;; vela-lang.el ends here
