#include "clients/cli/commands/command.h"

namespace perigee::cli {

namespace {

// The words that may follow a command: its subcommands and its options.
std::string WordsOf(const CLI::App& command) {
  std::string words;
  for (const CLI::App* child : command.get_subcommands([](const CLI::App*) { return true; })) {
    words += child->get_name() + " ";
  }
  for (const CLI::Option* option : command.get_options([](const CLI::Option*) { return true; })) {
    for (const std::string& name : option->get_lnames()) {
      words += "--" + name + " ";
    }
  }
  return words;
}

void Walk(const CLI::App& command, const std::string& path, std::string& cases) {
  cases += "    '" + path + "') words='" + WordsOf(command) + "' ;;\n";
  for (const CLI::App* child : command.get_subcommands([](const CLI::App*) { return true; })) {
    Walk(*child, path + (path.empty() ? "" : " ") + child->get_name(), cases);
  }
}

// The script follows each word that names a known command. Options and arguments name none, so it
// passes over them.
std::string BashScript(const CLI::App& root) {
  std::string cases;
  Walk(root, "", cases);
  return "# Completion of perigee for bash: source <(perigee completion bash)\n"
         "_perigee_words() {\n"
         "  case \"$1\" in\n" +
         cases +
         "    *) return 1 ;;\n"
         "  esac\n"
         "}\n"
         "_perigee() {\n"
         "  local path='' words='' next word\n"
         "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
         "    next=\"${path:+$path }$word\"\n"
         "    if _perigee_words \"$next\"; then path=$next; fi\n"
         "  done\n"
         "  _perigee_words \"$path\"\n"
         "  local global\n"
         "  global='" +
         WordsOf(root) +
         "'\n"
         "  if [[ ${COMP_WORDS[COMP_CWORD]} == -* ]]; then words+=\" $global\"; fi\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
         "  if [[ ${#COMPREPLY[@]} -eq 0 ]]; then COMPREPLY=($(compgen -f -- "
         "\"${COMP_WORDS[COMP_CWORD]}\")); fi\n"
         "}\n"
         "complete -F _perigee perigee\n";
}

}  // namespace

void AddCompletion(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "completion", "Completion for the shell");
  AddCommand<int>(
      noun, chosen,
      {"bash", "Print what makes bash complete perigee's commands",
       "  source <(perigee completion bash)"},
      [](CLI::App&, int&) {},
      [&root](Session& session, int) {
        session.out() << BashScript(root);
        return absl::OkStatus();
      });
}

}  // namespace perigee::cli
