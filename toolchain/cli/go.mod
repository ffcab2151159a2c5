// The Pulumi CLI, built from the Go module proxy where downloads of its releases are out of reach.
// The `go` line is what pulumi/pkg v3.246.0 asks for. Later releases are not in the sum database's reach.
module ovb/pulumi-cli

go 1.25.11

// A module replaced by its maintainers in pulumi/pkg's own go.mod; replaces do not travel with a requirement.
replace github.com/atotto/clipboard => github.com/tgummerer/clipboard v0.0.0-20241001131231-d02d263e614e

require (
	github.com/pulumi/pulumi/pkg/v3 v3.246.0
	github.com/pulumi/pulumi/sdk/v3 v3.246.0
)
