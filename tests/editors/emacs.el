;;; emacs.el --- Tries the configuration for Emacs on the workspace in the current folder  -*- lexical-binding: t -*-

;;; Commentary:

;; Diagnostics, hover, definition, the preview that follows the text.  Prints `fine' at the end; anything else is a failure.
;; The configuration is loaded before.

;;; Code:

(package-initialize)

(defun try-fail (text)
  "Say TEXT and end."
  (princ (format "failed: %s\n" text))
  (kill-emacs 1))

(defun try-wait (what condition)
  "Wait until CONDITION holds; WHAT is to come."
  (let ((end (+ (float-time) 20)))
    (while (and (not (funcall condition)) (< (float-time) end))
      (accept-process-output nil 0.05))
    (unless (funcall condition)
      (try-fail (concat what " did not come")))))

(defun try-request (method line character)
  "The answer to METHOD at LINE and CHARACTER."
  (jsonrpc-request (eglot-current-server) method
                   `(:textDocument (:uri ,(vela-lang--uri)) :position (:line ,line :character ,character))))

(defun try-write (line text)
  "Put TEXT in the place of a LINE, and tell the server as a pause of the user would."
  (goto-char (point-min))
  (forward-line (1- line))
  (delete-region (line-beginning-position) (line-end-position))
  (insert text)
  (eglot--signal-textDocument/didChange))

(setq eglot-sync-connect 20)
(find-file "app.yaml")
(unless (derived-mode-p 'yaml-mode)
  (try-fail (format "the mode of YAML is %s" major-mode)))
(let ((inhibit-message t))
  (apply #'eglot (eglot--guess-contact)))
(flymake-mode 1)

(defun try-messages ()
  "What is wrong with the buffer."
  (mapcar #'flymake-diagnostic-text (flymake-diagnostics)))

(try-wait "a diagnostic" (lambda () (flymake-start) (= (length (try-messages)) 2)))
(unless (string-match-p (regexp-quote "did you mean `image`?") (string-join (try-messages) "\n"))
  (try-fail (string-join (try-messages) "\n")))

;; The typing of a user: the name is corrected, and the file is clean.
(try-write 10 "      image: nginx")
(try-wait "a clean file" (lambda () (flymake-start) (null (try-messages))))
(let ((hover (try-request :textDocument/hover 9 8)))
  (unless (string-match-p "image: string" (format "%s" hover))
    (try-fail (format "hover tells %s" hover))))
(let ((target (try-request :textDocument/definition 9 8)))
  (unless (string-match-p "web\\.cue" (format "%s" target))
    (try-fail (format "the property leads to %s" target))))

;; The preview follows.
(defun try-shown ()
  "What the preview shows."
  (with-current-buffer "*vela-lang preview*" (buffer-string)))

(vela-lang-preview)
(unless (string-match-p "image: nginx" (try-shown))
  (try-fail (try-shown)))
(with-current-buffer "app.yaml"
  (try-write 10 "      image: httpd"))
(try-wait "the preview of the new text" (lambda () (string-match-p "image: httpd" (try-shown))))

(find-file "web.cue")
(unless (eq major-mode 'vela-lang-cue-mode)
  (try-fail (format "the mode of CUE is %s" major-mode)))
(goto-char (point-min))
(search-forward "template")
(font-lock-ensure)
(unless (eq (get-text-property (1- (point)) 'face) 'font-lock-variable-name-face)
  (try-fail "names are not highlighted"))
(princ "fine\n")
(kill-emacs 0)

;;; emacs.el ends here
