# Completion of keypair for fish: keypair completion fish
# It asks the program at every TAB. To see an answer: keypair __complete fish line= create

function __keypair_ask
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -g __keypair_offers
    command -sq keypair; or return 0
    set -l answer (command keypair __complete fish "line=$current" $words[2..] 2>/dev/null </dev/null)
    switch "$answer[1]"
        case files
            return 1
        case directories
            set -l before (string match -r -- '^--[a-z-]+=' $current)
            set -l typed (string replace -r -- '^--[a-z-]+=' '' $current)
            set __keypair_offers "$before"(__fish_complete_directories $typed)
        case words
            set __keypair_offers $answer[2..]
    end
    return 0
end

complete -c keypair -n __keypair_ask -f -a '$__keypair_offers'
