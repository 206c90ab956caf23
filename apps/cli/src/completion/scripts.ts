/** Every shell asks `openloop __complete`, which knows the program's own tree: nothing here names a command or an option. */
const bash = String.raw`# openloop completion for bash: put into ~/.bashrc
#   eval "$(openloop completion bash)"
_openloop() {
  local line="${'${COMP_LINE:0:COMP_POINT}'}" current cut="" value
  local -a words
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  current="${'${words[${#words[@]}-1]}'}"
  # readline takes : and = for ends of words, so that only what follows them is replaced
  [[ $current == *[:=]* ]] && cut="${'${current%"${current##*[:=]}"}'}"
  COMPREPLY=()
  while IFS=$'\t' read -r value _; do
    [[ -n $value ]] && COMPREPLY+=("${'${value#"$cut"}'}")
  done < <("${'${words[0]}'}" __complete "--current=$current" -- "${'${words[@]:1:${#words[@]}-2}'}" 2>/dev/null)
}
complete -o default -F _openloop openloop
`;

const zsh = String.raw`#compdef openloop
# openloop completion for zsh: put into ~/.zshrc, after compinit
#   eval "$(openloop completion zsh)"
_openloop() {
  local value description
  local -a candidates
  while IFS=$'\t' read -r value description; do
    [[ -n $value ]] && candidates+=("${'${value//:/\\:}${description:+:$description}'}")
  done < <("${'${words[1]}'}" __complete "--current=$PREFIX" -- "${'${(@)words[2,CURRENT-1]}'}" 2>/dev/null)
  if (( ${'${#candidates}'} )); then
    _describe openloop candidates
  else
    _files
  fi
}
compdef _openloop openloop
`;

const fish = String.raw`# openloop completion for fish: put into ~/.config/fish/config.fish
#   openloop completion fish | source
function __openloop_complete
    set -l words (commandline -opc)
    set -e words[1]
    openloop __complete "--current="(commandline -ct | string collect --allow-empty) -- $words 2>/dev/null
end
complete -c openloop -a '(__openloop_complete)'
`;

const powershell = String.raw`# openloop completion for PowerShell: put into $PROFILE
#   openloop completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName openloop -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
  & openloop __complete "--current=$wordToComplete" -- @words 2>$null | ForEach-Object {
    $value, $description = $_ -split "${'`t'}", 2
    if (-not $description) { $description = $value }
    [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
  }
}
`;

export const COMPLETION_SCRIPTS = { bash, zsh, fish, powershell } as const;
export type Shell = keyof typeof COMPLETION_SCRIPTS;
export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
