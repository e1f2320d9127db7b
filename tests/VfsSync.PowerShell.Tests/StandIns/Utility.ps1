# What the bare engine lacks of PowerShell's own cmdlets, as far as the tests use it. Not for users: pwsh has the real ones.
function global:Write-Output { param([Parameter(Position = 0, ValueFromPipeline, ValueFromRemainingArguments)] $InputObject) process { foreach ($o in $InputObject) { $o } } }
function global:Write-Host { param($Object) $Host.UI.WriteLine("$Object") }
function global:Set-Location { param([string] $Path) $null = $ExecutionContext.SessionState.Path.SetLocation($Path) }
function global:Get-Location { $ExecutionContext.SessionState.Path.CurrentLocation }
function global:Get-Date { [DateTime]::Now }
function global:Start-Sleep { param([double] $Seconds, [int] $Milliseconds) [Threading.Thread]::Sleep([int]($Seconds * 1000) + $Milliseconds) }

function global:Sort-Object {
    param([Parameter(Position = 0)] [string] $Property, [switch] $Descending, [switch] $Unique, [Parameter(ValueFromPipeline)] $InputObject)
    begin { $all = [Collections.Generic.List[object]]::new() }
    process { $all.Add($InputObject) }
    end {
        $key = [Func[object, object]] { param($o) if ($Property) { $o.$Property } else { $o } }
        $sorted = if ($Descending) { [Linq.Enumerable]::OrderByDescending($all, $key) } else { [Linq.Enumerable]::OrderBy($all, $key) }
        if ($Unique) { $sorted = [Linq.Enumerable]::Distinct($sorted) }
        foreach ($o in $sorted) { $o }
    }
}

function global:Measure-Object {
    param([Parameter(Position = 0)] [string] $Property, [switch] $Sum, [Parameter(ValueFromPipeline)] $InputObject)
    begin { $count = 0; $total = 0 }
    process { $count++; if ($Property) { $total += $InputObject.$Property } }
    end { [pscustomobject]@{ Count = $count; Sum = if ($Sum) { $total } } }
}

function global:Group-Object {
    param([Parameter(Position = 0)] [string] $Property, [Parameter(ValueFromPipeline)] $InputObject)
    begin { $groups = [ordered]@{} }
    process { $k = "$($InputObject.$Property)"; if (-not $groups.Contains($k)) { $groups[$k] = [Collections.Generic.List[object]]::new() }; $groups[$k].Add($InputObject) }
    end { foreach ($k in $groups.Keys) { [pscustomobject]@{ Name = $k; Count = $groups[$k].Count; Group = $groups[$k] } } }
}

function global:ConvertTo-Json {
    param([Parameter(ValueFromPipeline)] $InputObject)
    begin { $all = [Collections.Generic.List[object]]::new() }
    process { $o = [Collections.Generic.Dictionary[string, object]]::new(); foreach ($p in $InputObject.PSObject.Properties) { $o[$p.Name] = if ($null -eq $p.Value) { $null } else { $p.Value.PSObject.BaseObject } }; $all.Add($o) }
    end { $value = if ($all.Count -eq 1) { $all[0] } else { , $all.ToArray() }; [Text.Json.JsonSerializer]::Serialize($value, $value.GetType(), [Text.Json.JsonSerializerOptions]::Default) }
}

function global:Get-ChildItem {
    param([Parameter(Position = 0)] [string[]] $Path = '.', [switch] $Recurse)
    foreach ($p in $Path) { $ExecutionContext.InvokeProvider.ChildItem.Get($p, [bool] $Recurse) }
}

function global:Get-Content {
    param([Parameter(Position = 0, ParameterSetName = 'P')] [string] $Path, [Parameter(ParameterSetName = 'L', ValueFromPipelineByPropertyName)] [Alias('PSPath')] [string] $LiteralPath, [switch] $Raw)
    process {
        $file = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($(if ($LiteralPath) { $LiteralPath } else { $Path }))
        if ($Raw) { [IO.File]::ReadAllText($file) } else { [IO.File]::ReadAllLines($file) }
    }
}

function global:Copy-Item {
    param([Parameter(Position = 0, ParameterSetName = 'P')] [string] $Path, [Parameter(ParameterSetName = 'L', ValueFromPipelineByPropertyName)] [Alias('PSPath')] [string] $LiteralPath, [Parameter(Position = 1)] [string] $Destination, [switch] $Recurse, [switch] $Force)
    process {
        if ($LiteralPath) { $null = $ExecutionContext.InvokeProvider.Item.Copy(@($LiteralPath), $Destination, [bool] $Recurse, [Management.Automation.CopyContainers]::CopyTargetContainer) }
        else { $null = $ExecutionContext.InvokeProvider.Item.Copy($Path, $Destination, [bool] $Recurse, [Management.Automation.CopyContainers]::CopyTargetContainer) }
    }
}

function global:Register-EngineEvent {
    param([Parameter(Position = 0)] [string] $SourceIdentifier, [scriptblock] $Action)
    # A block without module binding, as the real cmdlet makes one.
    $ExecutionContext.Events.SubscribeEvent($null, $null, $SourceIdentifier, $null, $Action, $true, $false).Action
}
